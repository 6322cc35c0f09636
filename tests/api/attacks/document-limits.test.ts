import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectCode, expectData } from '../../support/client.js';
import type { Gateway } from '../../support/gateway.js';
import { startGateway } from '../../support/in-process.js';

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

interface Limit {
  readonly max: number;
  readonly message: RegExp;
  /** A document with `count` of the limited items. */
  document(count: number): string;
}

const LIMITS: Readonly<Record<string, Limit>> = {
  aliases: {
    max: 15,
    message: /more than 15 aliases/,
    document: (count) => `{ ${times(count, (index) => `a${index}: __typename`)} }`,
  },
  'aliases in a fragment that is spread three times': {
    max: 5,
    message: /more than 15 aliases/,
    document: (count) =>
      `{ ...F ...F ...F } fragment F on Query { ${times(count, (index) => `a${index}: __typename`)} }`,
  },
  fields: {
    max: 500,
    message: /more than 500 fields/,
    document: (count) => `{ ${times(count, () => '__typename')} }`,
  },
  'fields in a fragment that is spread twice': {
    max: 250,
    message: /more than 500 fields/,
    document: (count) => `{ ...F ...F } fragment F on Query { ${times(count, () => '__typename')} }`,
  },
  directives: {
    max: 50,
    message: /more than 50 directives/,
    document: (count) => `{ ${times(count, () => '__typename @include(if: true)')} }`,
  },
  'directives on a fragment that is spread repeatedly': {
    max: 50,
    message: /more than 50 directives/,
    document: (count) =>
      `{ ${times(count, () => '...F @include(if: true)')} } fragment F on Query { __typename }`,
  },
  'characters of an alias': {
    max: 100,
    message: /longer than 100 characters/,
    document: (count) => `{ ${'a'.repeat(count)}: __typename }`,
  },
};

/** Fragments that each spread the next one twice. */
const doubling = (selection: (level: number) => string, spread = '') => {
  const levels = 40;
  const next = (level: number) => `...F${level + 1} ${spread}`;
  const fragments = times(
    levels,
    (level) => `fragment F${level} on Query { ${selection(level)} ${next(level)} ${next(level)} }`,
  );
  return `{ ...F0 } ${fragments} fragment F${levels} on Query { __typename }`;
};

describe('the limits of a GraphQL document', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  const run = (query: string) => gateway.client.runRaw(query, {});
  const messagesOf = async (query: string) => (await run(query)).errors.map(({ message }) => message);

  for (const [name, { max, message, document }] of Object.entries(LIMITS)) {
    it(`accepts ${max} ${name} and refuses one more`, async () => {
      expectData(await run(document(max)));
      const refused = await run(document(max + 1));
      expectCode(refused, 'GRAPHQL_VALIDATION_FAILED');
      expect(refused.errors[0]?.message).toMatch(message);
    });
  }

  it('accepts 1,000 tokens and refuses one more', async () => {
    // No field of the schema takes that many tokens: validation refuses both documents for other reasons.
    const tokens = (count: number) => `{ ${times(count - 2, () => 'x')} }`;
    expect(await messagesOf(tokens(1000))).not.toContainEqual(expect.stringContaining('tokens'));
    const refused = await run(tokens(1001));
    expectCode(refused, 'GRAPHQL_PARSE_FAILED');
    expect(refused.errors[0]?.message).toMatch(/more than 1000 tokens/);
  });

  it('accepts a depth of 10 and refuses one more, through fragments too', async () => {
    // No path through the schema is that deep: validation also refuses both documents for unknown fields.
    const deep = (depth: number) => `{ ${times(depth - 1, () => 'me {')} id ${'}'.repeat(depth)}`;
    const throughFragment = (depth: number) => `{ me { ...F } } fragment F on User ${deep(depth - 1)}`;
    for (const document of [deep, throughFragment]) {
      expect(await messagesOf(document(10))).not.toContainEqual(expect.stringContaining('deeper'));
      expect(await messagesOf(document(11))).toContainEqual(expect.stringMatching(/deeper than 10 levels/));
    }
  });

  it('does not count the standard introspection query as deep', async () => {
    expectData(await run(getIntrospectionQuery()));
  });

  it.each([
    ['fields', doubling(() => '__typename'), /more than 500 fields/],
    ['aliases', doubling((level) => `a${level}: __typename`), /more than 15 aliases/],
    ['directives', doubling(() => '', '@include(if: true)'), /more than 50 directives/],
  ])('rejects too many %s in 40 nested fragments, each spread twice', async (_name, document, message) => {
    // Following all 2^40 spreads would never end.
    expect(await messagesOf(document)).toContainEqual(expect.stringMatching(message));
  });
});
