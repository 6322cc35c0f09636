export type { AuditEventType } from './audit-event-type.js';
export { type AuditEntry, recordAudit } from './audit.store.js';
