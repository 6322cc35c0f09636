export { FloodGuard } from './flood-guard.js';
export type { MailTransport } from './message.js';
export { mailMetrics } from './metrics.js';
export { Outbox } from './outbox.js';
export { type RenderedMail, renderMail } from './render.js';
export { Renderer } from './renderer.js';
export { senderOf } from './sender.js';
export { type MailName, type MailTemplates, mailNames, templates } from './templates.js';
export { createTransport } from './transport.js';
