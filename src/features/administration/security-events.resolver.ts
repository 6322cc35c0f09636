import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { AuditEventType, AuditLogStore } from '../../audit/index.js';
import { parsePage } from '../../graphql/connection.js';
import { GatewayContext } from '../../graphql/context.js';
import type { Cursors } from '../../graphql/cursor.js';
import { Auth } from '../../graphql/directives.js';
import { Role } from '../../platform/actor.js';
import type { User } from '../accounts/index.js';
import { UserType } from '../accounts/index.js';
import { AuditEventTypes } from './administration.input.js';
import { toEventConnection } from './audit.resolver.js';
import { AuditEventConnection } from './audit-event.type.js';
import { readSecurityEvents } from './read-security-events.js';

/** Adds the field `User.securityEvents`. */
@Resolver(() => UserType)
export class SecurityEventsResolver {
  constructor(
    readonly log: AuditLogStore,
    readonly cursors: Cursors,
  ) {}

  @Auth({ requires: Role.ADMIN, allowOwner: true })
  @FieldResolver(() => AuditEventConnection, {
    nullable: true,
    description:
      'What happened to this account, newest first: the events of the security log whose subject is the user. If somebody else caused an event, such as an admin, only admins can read its ipAddress, userAgent and details; others receive null. Null if the caller may not read the events. It can fail with BAD_USER_INPUT.',
  })
  async securityEvents(
    @Root() user: User,
    @Arg('first', () => Int, {
      nullable: true,
      description: 'The size of the page: 1 to 100, by default 20.',
    })
    first: number | null,
    @Arg('after', () => String, {
      nullable: true,
      description:
        'The page starts after the event with this cursor, which is valid for the events of one user. Without it the page starts with the newest event.',
    })
    after: string | null,
    @Arg('types', () => [AuditEventTypes], {
      nullable: true,
      description: 'Only events of one of these types. An empty list selects no events.',
    })
    types: AuditEventType[] | null,
    @Ctx() context: GatewayContext,
  ): Promise<AuditEventConnection> {
    const list = `securityEvents ${user.id}`;
    const page = parsePage(this.cursors, list, { first, after });
    const caller = await context.principal();
    const filter = { subjectId: user.id, types, since: user.createdAt };
    const rows = await readSecurityEvents(this.log, caller, filter, page.from, page.size + 1);
    return toEventConnection(this.cursors, list, page, rows);
  }
}
