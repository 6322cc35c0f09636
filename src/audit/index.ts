export { type AuditEntry, recordAudit } from './audit.store.js';
export type { AuditEventType } from './audit-event-type.js';
