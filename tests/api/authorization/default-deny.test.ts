import 'reflect-metadata';
import { Directive, Query, Resolver, Root, Subscription } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { GatewayContext } from '../../../src/graphql/context.js';
import { enforceAuth } from '../../../src/graphql/guard.js';
import { buildBareSchema } from '../../../src/graphql/schema.js';
import { Role } from '../../../src/platform/actor.js';

@Resolver()
class Unguarded {
  @Query(() => Role)
  mine() {
    return Role.CUSTOMER;
  }
}

@Resolver()
class AuthAndPublic {
  @Directive('@auth')
  @Directive('@public')
  @Query(() => Role)
  ours() {
    return Role.CUSTOMER;
  }
}

@Resolver()
class PublicOnly {
  @Directive('@public')
  @Query(() => Role)
  everybodys() {
    return Role.CUSTOMER;
  }
}

@Resolver()
class GuardedSubscription {
  @Directive('@auth(requires: STAFF)')
  @Subscription(() => Role, { topics: 'NEWS', topicId: () => 'all' })
  news(@Root() role: Role) {
    return role;
  }
}

@Resolver()
class UnguardedSubscription {
  @Subscription(() => Role, { topics: 'NEWS', topicId: () => 'all' })
  gossip(@Root() role: Role) {
    return role;
  }
}

const build = (...resolvers: object[]) => buildBareSchema([{ resolvers }], false);

describe('an operation in the schema build', () => {
  it('is refused without @auth or @public', async () => {
    await expect(build(new Unguarded())).rejects.toThrow('mine must have either @auth or @public');
    await expect(build(new PublicOnly(), new Unguarded())).rejects.toThrow('mine must have');
  });

  it('is refused with both', async () => {
    await expect(build(new AuthAndPublic())).rejects.toThrow('ours must have either @auth or @public');
  });

  it('is accepted with one of them', async () => {
    const { sdl } = await build(new PublicOnly());
    expect(sdl).toContain('everybodys: Role! @public');
  });

  it('is refused as a subscription too', async () => {
    await expect(build(new PublicOnly(), new UnguardedSubscription())).rejects.toThrow('gossip must have');
  });
});

describe('a subscription', () => {
  it('is refused before its events are asked for', async () => {
    let asked = 0;
    async function* news() {
      asked += 1;
      yield Role.STAFF;
    }
    const features = [{ resolvers: [new PublicOnly(), new GuardedSubscription()], events: { NEWS: news } }];
    const { executable } = await buildBareSchema(features, false);
    const field = enforceAuth(executable, features).getSubscriptionType()?.getFields().news;
    const subscribeAs = async (role?: Role) => {
      const context = new GatewayContext({} as never, async () => ({
        principal: null,
        reason: 'TOKEN_MISSING',
      }));
      if (role) context.signedInAs({ userId: 'u', sessionId: 's', role });
      const events = await field?.subscribe?.(undefined, {}, context, {} as never);
      return (events as AsyncIterable<unknown>)[Symbol.asyncIterator]().next();
    };
    await expect(subscribeAs()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(subscribeAs(Role.CUSTOMER)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(asked).toBe(0);
    expect(await subscribeAs(Role.STAFF)).toMatchObject({ value: Role.STAFF });
    expect(asked).toBe(1);
  });
});
