export { type AuditEntry, recordAudit } from './audit.store.js';
export { AUDIT_EVENT_TYPES, type AuditEventType } from './audit-event-type.js';
