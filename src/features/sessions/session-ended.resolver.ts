import { Resolver, Root, Subscription } from 'type-graphql';
import type { GatewayContext } from '../../graphql/context.js';
import { Auth } from '../../graphql/directives.js';
import type { SessionEnd } from './session.model.js';
import { SessionEndedType } from './session-ended.type.js';

/** The topic of the ends of sessions. Its events are selected by the id of the session. */
export const SESSION_ENDED = 'SESSION_ENDED';

@Resolver()
export class SessionEndedResolver {
  @Auth()
  @Subscription(() => SessionEndedType, {
    topics: SESSION_ENDED,
    // `@auth` has checked the caller before.
    topicId: ({ context }) => (context as GatewayContext).authenticated?.principal?.sessionId,
    description:
      'One event, when the session of the subscriber ends, on whichever node that happens. Then the subscription is complete. Only over WebSocket.',
  })
  sessionEnded(@Root() end: SessionEnd): SessionEndedType {
    return end;
  }
}
