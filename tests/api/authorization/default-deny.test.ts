import 'reflect-metadata';
import { Directive, Query, Resolver } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { buildBareSchema } from '../../../src/graphql/schema.js';
import { Role } from '../../../src/platform/actor.js';

@Resolver()
class SaysNothing {
  @Query(() => Role)
  mine() {
    return Role.CUSTOMER;
  }
}

@Resolver()
class SaysBoth {
  @Directive('@auth')
  @Directive('@public')
  @Query(() => Role)
  ours() {
    return Role.CUSTOMER;
  }
}

@Resolver()
class SaysPublic {
  @Directive('@public')
  @Query(() => Role)
  everybodys() {
    return Role.CUSTOMER;
  }
}

const build = (...resolvers: object[]) => buildBareSchema([{ resolvers }], false);

describe('an operation that does not say who may run it', () => {
  it('does not build', async () => {
    await expect(build(new SaysNothing())).rejects.toThrow('mine must have either @auth or @public');
    await expect(build(new SaysPublic(), new SaysNothing())).rejects.toThrow('mine must have');
  });

  it('does not build where it says both', async () => {
    await expect(build(new SaysBoth())).rejects.toThrow('ours must have either @auth or @public');
  });

  it('builds where it says one', async () => {
    const { sdl } = await build(new SaysPublic());
    expect(sdl).toContain('everybodys: Role! @public');
  });
});
