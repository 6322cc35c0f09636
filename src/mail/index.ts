export { FloodGuard } from './flood-guard.js';
export { mailMetrics } from './metrics.js';
export { Outbox } from './outbox.js';
export { Renderer } from './renderer.js';
export { createTransport } from './transport.js';
