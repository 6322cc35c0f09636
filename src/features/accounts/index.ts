export { parseDisplayName } from './display-name.js';
export { localPart, parseEmailAddress } from './email-address.js';
export { nameInMails } from './name-in-mails.js';
export { Notices } from './notices.js';
export { PendingRegistrationStore } from './pending-registration.store.js';
export { userReference } from './user.reference.js';
export { type NewUser, type User, UserStore } from './user.store.js';
export { UserType } from './user.type.js';
export { parseUsername } from './username.js';
