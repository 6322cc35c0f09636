export { FloodGuard } from './flood-guard.js';
export { type MailMetrics, Outbox, type SealedMail } from './outbox.js';
export { Renderer } from './renderer.js';
export type { MailName, MailTemplates } from './templates.js';
export {
  createTransport,
  type MailTransport,
  type MailTransportOptions,
  type OutgoingMail,
} from './transport.js';
