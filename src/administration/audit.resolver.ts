import { Arg, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { UserStore } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import type { AuditEventRow, AuditLogStore } from '../audit/index.js';
import { parsePage, toConnection } from '../graphql/connection.js';
import type { Cursors } from '../graphql/cursor.js';
import { Auth } from '../graphql/directives.js';
import { Role } from '../platform/principal.js';
import { AuditEventFilter } from './administration.input.js';
import { AuditEvent, AuditEventConnection } from './audit-event.type.js';
import { readAudit } from './read-audit.js';

const ORDER = 'auditEvents';

@Resolver()
export class AuditResolver {
  constructor(
    readonly log: AuditLogStore,
    readonly cursors: Cursors,
  ) {}

  @Auth({ requires: Role.ADMIN })
  @Query(() => AuditEventConnection)
  async auditEvents(
    @Arg('filter', () => AuditEventFilter, { nullable: true }) filter: AuditEventFilter | null,
    @Arg('first', () => Int, { nullable: true }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null,
  ): Promise<AuditEventConnection> {
    const page = parsePage(this.cursors, ORDER, { first, after });
    const rows = await readAudit(this.log, filter ?? {}, page.from?.id, page.size + 1);
    const position = ({ id }: AuditEvent) => ({ value: null, id });
    return toConnection(this.cursors, ORDER, page, rows.map(toEvent), position) as AuditEventConnection;
  }
}

@Resolver(() => AuditEvent)
export class AuditEventResolver {
  constructor(readonly users: UserStore) {}

  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'Who did it; null where nobody was signed in.',
  })
  actor(@Root() { actorId }: AuditEvent): Promise<UserType | null> | null {
    return actorId === null ? null : (this.users.load(actorId) as Promise<UserType | null>);
  }

  @FieldResolver(() => UserType, { nullable: true, description: 'To whom it was done.' })
  subject(@Root() { subjectId }: AuditEvent): Promise<UserType | null> | null {
    return subjectId === null ? null : (this.users.load(subjectId) as Promise<UserType | null>);
  }
}

function toEvent({ id, details, ...row }: AuditEventRow): AuditEvent {
  return Object.assign(new AuditEvent(), row, {
    id: String(id),
    details: details === null ? null : JSON.stringify(details),
  });
}
