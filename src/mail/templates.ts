import type { ReactElement } from 'react';
import type { AccountLockedProps } from '../../emails/account-locked.js';
import type { AlreadyRegisteredProps } from '../../emails/already-registered.js';
import type { EmailChangeProps } from '../../emails/email-change.js';
import type { IdentityLinkedProps } from '../../emails/identity-linked.js';
import type { IdentityUnlinkedProps } from '../../emails/identity-unlinked.js';
import type { InvitationProps } from '../../emails/invitation.js';
import type { PasskeyAddedProps } from '../../emails/passkey-added.js';
import type { PasskeyCopiedProps } from '../../emails/passkey-copied.js';
import type { PasskeyRemovedProps } from '../../emails/passkey-removed.js';
import type { PasswordChangedProps } from '../../emails/password-changed.js';
import type { ResetPasswordProps } from '../../emails/reset-password.js';
import type { SessionReuseProps } from '../../emails/session-reuse.js';
import type { TwoFactorDisabledProps } from '../../emails/two-factor-disabled.js';
import type { TwoFactorSetupProps } from '../../emails/two-factor-setup.js';
import type { VerifyEmailProps } from '../../emails/verify-email.js';
import type { WelcomeProps } from '../../emails/welcome.js';
import type { Brand } from '../platform/brand.js';

/** The props of each template. */
export interface MailTemplates {
  'account-locked': AccountLockedProps;
  'already-registered': AlreadyRegisteredProps;
  'email-change': EmailChangeProps;
  'identity-linked': IdentityLinkedProps;
  'identity-unlinked': IdentityUnlinkedProps;
  invitation: InvitationProps;
  'passkey-added': PasskeyAddedProps;
  'passkey-copied': PasskeyCopiedProps;
  'passkey-removed': PasskeyRemovedProps;
  'password-changed': PasswordChangedProps;
  'reset-password': ResetPasswordProps;
  'session-reuse': SessionReuseProps;
  'two-factor-disabled': TwoFactorDisabledProps;
  'two-factor-setup': TwoFactorSetupProps;
  'verify-email': VerifyEmailProps;
  welcome: WelcomeProps;
}

export type MailName = keyof MailTemplates;

/** The exports of a file under `emails/`. */
export interface MailTemplate<Props> {
  readonly default: (props: Props) => ReactElement;
  /** Without text of users: notifications show the subject, and a reader would take it for ours. */
  readonly subject: string | ((props: Props, brand: Brand) => string);
  readonly previewProps: Props;
}

type Templates = { readonly [N in MailName]: () => Promise<MailTemplate<MailTemplates[N]>> };

/** Imported at the first use, so that the start does not wait for React. */
export const templates: Templates = {
  'account-locked': () => import('../../emails/account-locked.js'),
  'already-registered': () => import('../../emails/already-registered.js'),
  'email-change': () => import('../../emails/email-change.js'),
  'identity-linked': () => import('../../emails/identity-linked.js'),
  'identity-unlinked': () => import('../../emails/identity-unlinked.js'),
  invitation: () => import('../../emails/invitation.js'),
  'passkey-added': () => import('../../emails/passkey-added.js'),
  'passkey-copied': () => import('../../emails/passkey-copied.js'),
  'passkey-removed': () => import('../../emails/passkey-removed.js'),
  'password-changed': () => import('../../emails/password-changed.js'),
  'reset-password': () => import('../../emails/reset-password.js'),
  'session-reuse': () => import('../../emails/session-reuse.js'),
  'two-factor-disabled': () => import('../../emails/two-factor-disabled.js'),
  'two-factor-setup': () => import('../../emails/two-factor-setup.js'),
  'verify-email': () => import('../../emails/verify-email.js'),
  welcome: () => import('../../emails/welcome.js'),
};

export const mailNames = Object.keys(templates) as MailName[];
