import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import { registerEnum } from '../../graphql/enum.js';
import { SESSION_END_REASONS, type SessionEndReason } from './session-end-reason.js';

const SessionEndReasons = Object.fromEntries(SESSION_END_REASONS.map((reason) => [reason, reason])) as Record<
  SessionEndReason,
  SessionEndReason
>;

registerEnum(SessionEndReasons, {
  name: 'SessionEndReason',
  description: 'The operation that ended a session, or its expiry.',
  values: {
    LOGGED_OUT: 'The user signed out, on this device or everywhere.',
    REVOKED:
      'The user or an admin ended the session. Also: the user signed in on more devices than the maximum, or the account was deleted.',
    PASSWORD_CHANGED: 'The user changed the password in another session.',
    PASSWORD_RESET: 'The password was reset by a link.',
    TOKEN_REUSED: 'An old refresh token was used after its grace period: somebody has a copy of it.',
    DEACTIVATED: 'An admin deactivated the account.',
    ROLE_CHANGED: 'The role of the user was changed.',
    EXPIRED: 'The session reached its expiry.',
  },
});

@ObjectType('SessionEnded', { description: 'The end of the session of the subscriber.' })
export class SessionEndedType {
  @Field(() => ID, {
    description: 'The id of the session that ended: a UUID. Access tokens carry it as sid.',
  })
  sessionId!: string;

  @Field(() => SessionEndReasons, { description: 'What ended the session.' })
  reason!: SessionEndReason;

  @Field(() => DateTimeISO, { description: 'The time when the session ended.' })
  endedAt!: Date;
}
