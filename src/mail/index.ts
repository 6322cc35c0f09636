export { FloodGuard } from './flood-guard.js';
export type { MailTransport } from './message.js';
export { mailMetrics } from './metrics.js';
export { Outbox } from './outbox.js';
export { Renderer } from './renderer.js';
export { senderOf } from './sender.js';
export type { MailTemplates } from './templates.js';
export { createTransport } from './transport.js';
