import { beforeAll, describe, expect, it } from 'vitest';
import { AuthErrorCode } from '../generated/enums.js';
import {
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshTokenDocument,
  RegisterDocument,
  ResendVerificationEmailDocument,
  RevokeSessionDocument,
  UpdateProfileDocument,
  VerifyEmailDocument,
} from '../generated/graphql.js';
import { login, register, registerAndVerify, STRONG_PASSWORD, signIn, someone } from '../support/accounts.js';
import { describeOnBackends } from '../support/backends.js';
import { expectCode, expectData, type GraphQLFault } from '../support/client.js';
import type { Gateway } from '../support/gateway.js';
import { type Answer, type Sending, send } from '../support/http.js';

const FRONTEND = 'http://app.example.com:3000';

/** What a client may ever see: the contract's codes, but for the one that owns up to a fault of ours, and Apollo's. */
const ALLOWED = new Set<unknown>([
  ...Object.values(AuthErrorCode).filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
]);

type Codes = readonly (AuthErrorCode | 'none')[];

interface Argument {
  /** Its place in the variables. */
  path: string;
  /** What it may answer where the value is bad in itself: `none` is no error. */
  empty: Codes;
  long: Codes;
  nul: Codes;
}

const same = (path: string, ...codes: Codes): Argument => ({ path, empty: codes, long: codes, nul: codes });

interface Door {
  document: { toString(): string };
  variables: () => Record<string, unknown>;
  signedIn?: boolean;
  arguments: Argument[];
}

const registration = () => {
  const { username, email, password } = someone();
  return { input: { username, email, password, confirmPassword: password, displayName: 'Ada' } };
};

const doors: Record<string, Door> = {
  register: {
    document: RegisterDocument,
    variables: registration,
    arguments: [
      same('input.username', 'BAD_USER_INPUT'),
      same('input.email', 'BAD_USER_INPUT'),
      same('input.password', 'BAD_USER_INPUT'),
      same('input.confirmPassword', 'BAD_USER_INPUT'),
      {
        path: 'input.displayName',
        empty: ['none', 'BAD_USER_INPUT'],
        long: ['BAD_USER_INPUT'],
        nul: ['BAD_USER_INPUT'],
      },
    ],
  },
  verifyEmail: {
    document: VerifyEmailDocument,
    variables: () => ({ token: 'unknown' }),
    arguments: [same('token', 'TOKEN_INVALID')],
  },
  resendVerificationEmail: {
    document: ResendVerificationEmailDocument,
    variables: () => ({ email: someone().email }),
    arguments: [same('email', 'BAD_USER_INPUT', 'none')],
  },
  login: {
    document: LoginDocument,
    variables: () => ({ input: { identifier: someone().username, password: STRONG_PASSWORD } }),
    arguments: [
      same('input.identifier', 'BAD_USER_INPUT', 'INVALID_CREDENTIALS'),
      same('input.password', 'BAD_USER_INPUT', 'INVALID_CREDENTIALS'),
    ],
  },
  refreshToken: {
    document: RefreshTokenDocument,
    variables: () => ({ refreshToken: 'unknown' }),
    arguments: [same('refreshToken', 'TOKEN_INVALID')],
  },
  logout: {
    document: LogoutDocument,
    variables: () => ({ refreshToken: 'unknown' }),
    arguments: [same('refreshToken', 'none', 'TOKEN_INVALID', 'UNAUTHENTICATED')],
  },
  revokeSession: {
    document: RevokeSessionDocument,
    variables: () => ({ id: 'unknown' }),
    signedIn: true,
    arguments: [same('id', 'NOT_FOUND')],
  },
  updateProfile: {
    document: UpdateProfileDocument,
    variables: () => ({ input: { displayName: 'Ada' } }),
    signedIn: true,
    arguments: [
      same('input.username', 'BAD_USER_INPUT'),
      {
        path: 'input.displayName',
        empty: ['none', 'BAD_USER_INPUT'],
        long: ['BAD_USER_INPUT'],
        nul: ['BAD_USER_INPUT'],
      },
    ],
  },
};

function withValue(
  variables: Record<string, unknown>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [head = '', ...rest] = path.split('.');
  const inner = variables[head] as Record<string, unknown>;
  return { ...variables, [head]: rest.length === 0 ? value : withValue(inner, rest.join('.'), value) };
}

/** The error code of an answer, which must be one that the contract knows. */
function codeOf(errors: GraphQLFault[]): unknown {
  const codes = errors.map((error) => error.extensions?.code);
  for (const code of codes) expect(ALLOWED, JSON.stringify(errors)).toContain(code);
  for (const error of errors)
    expect(JSON.stringify(error)).not.toMatch(/stacktrace|node_modules|\bat .+:\d+:\d+/);
  return codes[0] ?? 'none';
}

const errorsIn = (answer: Answer): GraphQLFault[] => {
  const { errors } = (answer.json ?? {}) as { errors?: GraphQLFault[] };
  expect(errors, `status ${answer.status}: ${answer.text.slice(0, 300)}`).toBeInstanceOf(Array);
  return errors ?? [];
};

describeOnBackends('hostile input', ({ start }) => {
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    gateway = await start({ env: { FRONTEND_URL: FRONTEND, LOCKOUT_THRESHOLD: '50' } });
    token = (await signIn(gateway, await registerAndVerify(gateway))).accessToken;
  });

  const post = (body: string | Buffer, headers: Record<string, string> = {}, sending: Sending = {}) =>
    send(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      ...sending,
    });

  for (const [operation, door] of Object.entries(doors)) {
    describe(operation, () => {
      const run = async (path: string, value: unknown) => {
        const variables = withValue(door.variables(), path, value);
        const result = await gateway.client.runRaw(
          door.document.toString(),
          variables,
          door.signedIn ? { token } : {},
        );
        expect(result.status).toBeLessThan(500);
        return { code: codeOf(result.errors), result };
      };

      for (const { path, ...expected } of door.arguments) {
        const values = {
          empty: '',
          long: 'x'.repeat(5000),
          nul: path.endsWith('mail') ? 'nul\0@example.com' : `Nul\0${STRONG_PASSWORD}`,
        };
        for (const kind of ['empty', 'long', 'nul'] as const) {
          it(`${path}: ${kind}`, async () => {
            const { code, result } = await run(path, values[kind]);
            expect(expected[kind]).toContain(code);
            if (code === 'BAD_USER_INPUT') {
              const fields = result.errors[0]?.extensions.fieldErrors ?? [];
              expect(fields.length).toBeGreaterThan(0);
              for (const { field, message } of fields) {
                // A password that is refused may be reported beside its repetition.
                if (!/password/i.test(path)) expect(field).toBe(path.split('.').at(-1));
                expect(message.length).toBeGreaterThan(0);
                expect(message.length).toBeLessThan(500);
              }
            }
          });
        }

        it(`${path}: of the wrong type`, async () => {
          for (const value of [{ $ne: '' }, ['a', 'b'], true, { toString: 'x' }]) {
            const { code } = await run(path, value);
            expect(code, JSON.stringify(value)).toBe('BAD_USER_INPUT');
          }
        });
      }
    });
  }

  it('refuses what an email, a username or a password may not be, and says which', async () => {
    const bad: [string, string[]][] = [
      [
        'email',
        [
          'plain',
          '@example.com',
          'a@',
          'a b@example.com',
          'a@example.com\r\nBcc: x@example.com',
          '<a@b.example>',
        ],
      ],
      [
        'username',
        [
          'ab',
          'x'.repeat(33),
          'a b c',
          'ａｄｍｉｎ',
          'admin\u200b',
          "rob'); drop table users;--",
          '<b>bold</b>',
        ],
      ],
      ['password', ['short', 'passwordpassword', 'x'.repeat(257), 'aaaaaaaaaaaaaaaa']],
    ];
    for (const [field, values] of bad) {
      for (const value of values) {
        const { input } = registration();
        const spoilt = {
          ...input,
          [field]: value,
          ...(field === 'password' ? { confirmPassword: value } : {}),
        };
        const { fieldErrors } = expectCode(
          await gateway.client.run(RegisterDocument, { input: spoilt }),
          'BAD_USER_INPUT',
        );
        expect(
          fieldErrors?.map((one) => one.field),
          `${field}: ${value}`,
        ).toContain(field);
      }
    }
  });

  it('refuses a password that holds the username or the local part, or differs from its repetition', async () => {
    const account = someone();
    const local = account.email.split('@')[0] ?? '';
    for (const name of [account.username, local]) {
      const { fieldErrors } = expectCode(
        await register(gateway, { ...account, password: `Quite.${name}.Long!` }),
        'BAD_USER_INPUT',
      );
      expect(fieldErrors?.map(({ field }) => field)).toContain('password');
    }
    const input = { ...registration().input, confirmPassword: `${STRONG_PASSWORD}?` };
    const { fieldErrors } = expectCode(
      await gateway.client.run(RegisterDocument, { input }),
      'BAD_USER_INPUT',
    );
    expect(fieldErrors?.map(({ field }) => field)).toContain('confirmPassword');
  });

  it('counts every byte of a password', async () => {
    const password = `${'Long enough to pass 72 bytes, '.repeat(3)}1`;
    const account = await registerAndVerify(gateway, { password });
    expectCode(
      await login(gateway, { ...account, password: password.replace(/1$/, '2') }),
      'INVALID_CREDENTIALS',
    );
    await signIn(gateway, account);
  });

  it('makes nobody staff by registering', async () => {
    for (const role of ['STAFF', 'ADMIN'] as const) {
      const input = { ...registration().input, role };
      expectCode(await gateway.client.run(RegisterDocument, { input }), 'FORBIDDEN');
      expectCode(await gateway.client.run(RegisterDocument, { input }, { token }), 'FORBIDDEN');
    }
    for (const extra of [{ emailVerified: true }, { isActive: true }, { id: '1' }]) {
      const variables = { input: { ...registration().input, ...extra } };
      expect(codeOf((await gateway.client.runRaw(RegisterDocument.toString(), variables)).errors)).toBe(
        'BAD_USER_INPUT',
      );
    }
  });

  describe('requests that are none', () => {
    const query = JSON.stringify({ query: '{ __typename }' });

    it('runs what is one (so that the refusals below mean something)', async () => {
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
      it(`body: ${name}`, async () => {
        const answer = await post(body);
        expect(answer.status).toBeLessThan(500);
        expect(codeOf(errorsIn(answer))).not.toBe('none');
        expect(answer.text).not.toContain('"__typename":"Query"');
      });
    }

    it('body: over 100 KB', async () => {
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
      it(`content type: ${type || 'none'}`, async () => {
        const answer = await send(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: type ? { 'content-type': type } : {},
          body: query,
        });
        expect([400, 415]).toContain(answer.status);
        expect(codeOf(errorsIn(answer))).not.toBe('none');
      });
    }

    it('GET runs nothing', async () => {
      const search = new URLSearchParams({ query: '{ __typename }' });
      const answer = await send(`${gateway.url}/graphql?${search}`, {
        headers: { accept: 'application/json', 'apollo-require-preflight': 'true' },
      });
      expect([400, 404, 405, 415]).toContain(answer.status);
      expect(answer.text).not.toContain('"__typename":"Query"');
      expect(codeOf(errorsIn(answer))).not.toBe('none');
    });

    it('a token in the URL is none', async () => {
      const me = JSON.stringify({ query: MeDocument.toString() });
      for (const name of ['access_token', 'token', 'authorization']) {
        const answer = await post(me, {}, {});
        const bent = await send(`${gateway.url}/graphql?${name}=${token}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: me,
        });
        expect(codeOf(errorsIn(bent))).toBe('UNAUTHENTICATED');
        expect(bent.json).toEqual(answer.json);
      }
    });
  });

  describe('HTTP headers', () => {
    const login = async () => {
      const account = await registerAndVerify(gateway);
      const variables = { input: { identifier: account.username, password: account.password } };
      return post(JSON.stringify({ query: LoginDocument.toString(), variables }), { origin: FRONTEND });
    };
    const preflight = (origin: string) =>
      send(`${gateway.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,authorization',
        },
      });
    const answers: Record<string, () => Promise<Answer>> = {
      success: login,
      'an error of the operation': () => post(JSON.stringify({ query: '{ me { id } }' })),
      'an error before it': () => post('{'),
      preflight: () => preflight(FRONTEND),
      'an unknown path': () => send(`${gateway.url}/nowhere`),
      health: () => send(`${gateway.url}/healthz`),
      'the key set': () => send(`${gateway.url}/.well-known/jwks.json`),
    };
    for (const [name, ask] of Object.entries(answers)) {
      it(`protect the browser on ${name}`, async () => {
        const { headers } = await ask();
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['content-security-policy']).toContain('frame-ancestors');
        expect(headers['referrer-policy']).toBe('no-referrer');
        expect(headers['strict-transport-security']).toMatch(/max-age=\d{7,}/);
        expect(headers).not.toHaveProperty('x-powered-by');
        expect(headers).not.toHaveProperty('server');
      });
    }

    it('keep tokens out of every cache', async () => {
      expect((await login()).headers['cache-control']).toContain('no-store');
    });

    it('let the front end in, with credentials, by its name', async () => {
      for (const { headers } of [await preflight(FRONTEND), await login()]) {
        expect(headers['access-control-allow-origin']).toBe(FRONTEND);
        expect(headers['access-control-allow-credentials']).toBe('true');
        expect(headers.vary).toMatch(/\borigin\b/i);
      }
    });

    const foreign = [
      'https://evil.example',
      'null',
      FRONTEND.replace('http:', 'https:'),
      FRONTEND.replace(':3000', ''),
      `${FRONTEND}.evil.example`,
      FRONTEND.replace('app.', 'app-'),
    ];
    for (const origin of foreign) {
      it(`let the origin ${origin} in nowhere`, async () => {
        const query = JSON.stringify({ query: '{ __typename }' });
        for (const { headers } of [
          await preflight(origin),
          await post(query, { origin }),
          await post('{', { origin }),
        ]) {
          expect(headers).not.toHaveProperty('access-control-allow-origin');
          expect(headers).not.toHaveProperty('access-control-allow-credentials');
        }
      });
    }
  });

  it('lives on after all of it', async () => {
    expect(expectData(await gateway.client.run(MeDocument, {}, { token })).me?.id).toBeTruthy();
    expect(gateway.logs()).not.toMatch(/INTERNAL_SERVER_ERROR/);
  });
});
