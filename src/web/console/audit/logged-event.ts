import type { AuditLogQuery } from '../generated/operations.js';

export type LoggedEvent = AuditLogQuery['auditEvents']['nodes'][number];
