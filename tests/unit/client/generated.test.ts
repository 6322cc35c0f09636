import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
const schema = buildSchema(read('schema/api.graphql'));

describe('the generated types of the client (run: npm run codegen)', () => {
  it.each(['AuthErrorCode', 'TwoFactorMethod'])('have the values of %s in the schema', (name) => {
    const type = schema.getType(name) as unknown as { getValues(): { name: string }[] };
    const [, body = ''] =
      new RegExp(`type ${name} =([^;]*);`).exec(read('src/client/generated/enums.ts')) ?? [];
    const values = [...body.matchAll(/'(\w+)'/g)].map(([, value]) => value);
    expect(values.toSorted()).toEqual(
      type
        .getValues()
        .map((value) => value.name)
        .toSorted(),
    );
  });

  it('come from operations that are valid', () => {
    expect(validate(schema, parse(read('src/client/operations.graphql')))).toEqual([]);
  });
});
