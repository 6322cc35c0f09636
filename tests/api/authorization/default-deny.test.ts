import 'reflect-metadata';
import { Directive, Query, Resolver } from 'type-graphql';
import { describe, expect, it } from 'vitest';
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
});
