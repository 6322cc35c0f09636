import { Arg, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import type { AuditEventRow, AuditLogStore } from '../../audit/index.js';
import { type Page, parsePage, toConnection } from '../../graphql/connection.js';
import type { Cursors } from '../../graphql/cursor.js';
import { Auth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import type { UserStore } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import { AuditEventFilterInput } from './administration.input.js';
import { AuditEvent, AuditEventConnection } from './audit-event.type.js';
import { readAudit } from './read-audit.js';

const CURSOR_SCOPE = 'auditEvents';

@Resolver()
export class AuditResolver {
  constructor(
    readonly log: AuditLogStore,
    readonly cursors: Cursors,
  ) {}

  @Auth({ requires: Role.ADMIN })
  @Query(() => AuditEventConnection, {
    description: 'The security log, newest event first. It can fail with BAD_USER_INPUT.',
  })
  async auditEvents(
    @Arg('filter', () => AuditEventFilterInput, {
      nullable: true,
      description: 'Selects the events. Without it the list has all events.',
    })
    filter: AuditEventFilterInput | null,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'The size of the page: 1 to 100, by default 20.',
    })
    first: number | null,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'The page starts after the event with this cursor. Without it the page starts with the newest event.',
    })
    after: string | null,
  ): Promise<AuditEventConnection> {
    const page = parsePage(this.cursors, CURSOR_SCOPE, { first, after });
    const rows = await readAudit(this.log, filter ?? {}, page.from, page.size + 1);
    return toEventConnection(this.cursors, CURSOR_SCOPE, page, rows);
  }
}

@Resolver(() => AuditEvent)
export class AuditEventResolver {
  constructor(readonly users: UserStore) {}

  @FieldResolver(() => UserType, {
    nullable: true,
    description:
      'The user who caused the event. Null if nobody was signed in, or if the account no longer exists.',
  })
  actor(@Root() { actorId }: AuditEvent): Promise<UserType | null> | null {
    return actorId === null ? null : (this.users.load(actorId) as Promise<UserType | null>);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description:
      'The user whom the event concerns. Null if no account matched, or if the account is a pending registration or no longer exists.',
  })
  subject(@Root() { subjectId }: AuditEvent): Promise<UserType | null> | null {
    return subjectId === null ? null : (this.users.load(subjectId) as Promise<UserType | null>);
  }
}

/** @param list names the list that the cursors are valid for */
export function toEventConnection(
  cursors: Cursors,
  list: string,
  page: Page,
  rows: readonly AuditEventRow[],
): AuditEventConnection {
  const position = ({ createdAt, id }: AuditEvent) => ({ value: createdAt.toISOString(), id });
  return toConnection(cursors, list, page, rows.map(toEvent), position) as AuditEventConnection;
}

function toEvent({ id, details, ...row }: AuditEventRow): AuditEvent {
  return Object.assign(new AuditEvent(), row, {
    id: String(id),
    details: details === null ? null : JSON.stringify(details),
  });
}
