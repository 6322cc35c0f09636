export { insertAuditOf, recordAudit } from './audit.store.js';
export { AUDIT_EVENT_DESCRIPTIONS, AUDIT_EVENT_TYPES, type AuditEventType } from './audit-event-type.js';
export {
  type AuditEventFilter,
  type AuditEventRow,
  AuditLogStore,
  type AuditPosition,
} from './audit-log.store.js';
export { AuditChain, parseLink, printLink } from './chain.js';
export { type EventCounts, type IntervalCounts, StatisticsInterval } from './count.model.js';
export { CountStore } from './count.store.js';
export type { Link } from './seals.js';
export type { AuditReport } from './verify-audit.js';
