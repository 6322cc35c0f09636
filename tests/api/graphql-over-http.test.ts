import { auditServer } from 'graphql-http';
import { beforeAll, expect, it } from 'vitest';
import { MeDocument, UpdateProfileDocument } from '../generated/graphql.js';
import { registerAndVerify, signIn } from '../support/accounts.js';
import type { Gateway } from '../support/gateway.js';
import { send } from '../support/http.js';
import { describeOnPostgresFirst } from '../support/in-process.js';

const GRAPHQL_RESPONSE = 'application/graphql-response+json; charset=utf-8';
const JSON_RESPONSE = 'application/json; charset=utf-8';

describeOnPostgresFirst('GraphQL over HTTP', ({ start }) => {
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    gateway = await start({ listen: true });
    token = (await signIn(gateway, await registerAndVerify(gateway))).accessToken;
  });

  const post = (body: object, headers: Record<string, string> = {}) =>
    send(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  it('passes the audit of the specification', async () => {
    const results = await auditServer({ url: `${gateway.url}/graphql` });
    const failed = (status: string) =>
      results.flatMap((result) => (result.status === status ? [result.name] : []));
    expect(results.length).toBeGreaterThan(50);
    expect(failed('error')).toEqual([]);
    // Apollo answers 400 for application/json, too, if the request is not executed.
    expect(failed('warn')).toEqual([
      'SHOULD use 200 status code on document parsing failure when accepting application/json',
      'SHOULD use 200 status code on document validation failure when accepting application/json',
      'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
    ]);
  });

  const types: Record<string, string> = {
    '*/*': JSON_RESPONSE,
    'application/json': JSON_RESPONSE,
    'application/graphql-response+json': GRAPHQL_RESPONSE,
    'application/graphql-response+json, application/json;q=0.9': GRAPHQL_RESPONSE,
    'application/graphql-response+json;charset=utf-8,application/json;charset=utf-8': GRAPHQL_RESPONSE,
    [`${'x'.repeat(300)}/y, application/json`]: JSON_RESPONSE,
  };
  for (const [accept, type] of Object.entries(types)) {
    it(`answers in the type that the client prefers: ${accept.slice(0, 90)}`, async () => {
      for (const _ of ['first', 'again']) {
        const { headers } = await post({ query: '{ __typename }' }, { accept });
        expect(headers['content-type']).toBe(type);
      }
    });
  }

  it('refuses a client that accepts neither type, before the operation runs', async () => {
    const headers = { accept: 'text/html', authorization: `Bearer ${token}` };
    const variables = { input: { displayName: 'Changed' } };
    const refused = await post({ query: UpdateProfileDocument.toString(), variables }, headers);
    expect(refused).toMatchObject({
      status: 406,
      json: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
    });
    const { data } = await gateway.client.run(MeDocument, {}, { token });
    expect(data?.me?.displayName).not.toBe('Changed');
  });

  it('tells clients with persisted queries to send the text', async () => {
    const persistedQuery = { version: 1, sha256Hash: '0'.repeat(64) };
    const answer = await post({ extensions: { persistedQuery } });
    expect(answer.json).toMatchObject({ errors: [{ message: 'PersistedQueryNotSupported' }] });
  });

  it('accepts null for the members that may be missing', async () => {
    const answer = await post({
      query: '{ __typename }',
      operationName: null,
      variables: null,
      extensions: null,
    });
    expect(answer).toMatchObject({ status: 200, json: { data: { __typename: 'Query' } } });
  });

  for (const body of [
    { query: 1 },
    { query: '{ __typename }', operationName: {} },
    { query: '{ __typename }', variables: [] },
    { query: '{ __typename }', variables: '{}' },
    { query: '{ __typename }', extensions: 1 },
  ]) {
    it(`refuses a member of the wrong type: ${JSON.stringify(body)}`, async () => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    });
  }
});
