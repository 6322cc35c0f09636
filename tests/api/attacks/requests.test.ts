import { beforeAll, expect, it } from 'vitest';
import { MeDocument } from '../../generated/graphql.js';
import { registerAndVerify, signIn } from '../../support/accounts.js';
import { codeOf, errorsIn } from '../../support/codes.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';

describeOnPostgresFirst('malformed requests', ({ start }) => {
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    gateway = await start();
    token = (await signIn(gateway, await registerAndVerify(gateway))).accessToken;
  });

  const post = (body: string | Buffer, headers: Record<string, string> = {}, search = '') =>
    send(`${gateway.url}/graphql${search}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  const query = JSON.stringify({ query: '{ __typename }' });

  it('runs a valid request (control for the refusals below)', async () => {
    const answer = await post(query);
    expect(answer).toMatchObject({ status: 200, json: { data: { __typename: 'Query' } } });
  });

  const bodies: Record<string, string | Buffer> = {
    'no JSON': '{ query: me }',
    'cut off': query.slice(0, -3),
    empty: '',
    'a number': '1',
    null: 'null',
    'a string': '"{ me { id } }"',
    'an array of operations': `[${query},${query}]`,
    'an empty array': '[]',
    'no query': '{}',
    'a query of the wrong type': '{"query":{"a":1}}',
    'variables of the wrong type': '{"query":"{ __typename }","variables":"x"}',
    'an empty query': '{"query":""}',
    'no GraphQL': '{"query":"me }{"}',
    'an unknown field': '{"query":"{ nobody }"}',
    'not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    'a subscription': '{"query":"subscription { me }"}',
  };
  for (const [name, body] of Object.entries(bodies)) {
    it(`refuses a body: ${name}`, async () => {
      const answer = await post(body);
      expect(answer.status).toBeLessThan(500);
      expect(codeOf(errorsIn(answer))).not.toBe('none');
      expect(answer.text).not.toContain('"__typename":"Query"');
    });
  }

  it('refuses a body over 100 KB', async () => {
    const answer = await post(
      JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(102_400) } }),
    );
    expect([400, 413]).toContain(answer.status);
    expect(codeOf(errorsIn(answer))).not.toBe('none');
  });

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ]) {
    it(`refuses the content type ${type || 'none'}`, async () => {
      const answer = await send(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: type ? { 'content-type': type } : {},
        body: query,
      });
      expect([400, 415]).toContain(answer.status);
      expect(codeOf(errorsIn(answer))).not.toBe('none');
    });
  }

  it('does not run operations sent by GET', async () => {
    const search = new URLSearchParams({ query: '{ __typename }' });
    const answer = await send(`${gateway.url}/graphql?${search}`, {
      headers: { accept: 'application/json', 'apollo-require-preflight': 'true' },
    });
    expect([400, 404, 405, 415]).toContain(answer.status);
    expect(answer.text).not.toContain('"__typename":"Query"');
    expect(codeOf(errorsIn(answer))).not.toBe('none');
  });

  it('ignores a token in the URL', async () => {
    const me = JSON.stringify({ query: MeDocument.toString() });
    for (const name of ['access_token', 'token', 'authorization']) {
      const answer = await post(me);
      const withToken = await post(me, {}, `?${name}=${token}`);
      expect(codeOf(errorsIn(withToken))).toBe('UNAUTHENTICATED');
      expect(withToken.json).toEqual(answer.json);
    }
  });
});
