import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthErrorCode } from '../../generated/enums.js';
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
} from '../../generated/graphql.js';
import {
  login,
  register,
  registerAndVerify,
  STRONG_PASSWORD,
  signIn,
  someone,
} from '../../support/accounts.js';
import { expectCode, expectData } from '../../support/client.js';
import { codeOf } from '../../support/codes.js';
import type { Gateway } from '../../support/gateway.js';
import { describeOnPostgresFirst } from '../../support/in-process.js';

type Codes = readonly (AuthErrorCode | 'none')[];

interface Argument {
  /** The path of the argument in the variables. */
  path: string;
  /** Allowed codes per kind of malformed value; `none` is no error. */
  empty: Codes;
  long: Codes;
  nul: Codes;
}

const same = (path: string, ...codes: Codes): Argument => ({ path, empty: codes, long: codes, nul: codes });

interface Operation {
  document: { toString(): string };
  variables: () => Record<string, unknown>;
  signedIn?: boolean;
  arguments: Argument[];
}

const registration = () => {
  const { username, email, password } = someone();
  return { input: { username, email, password, confirmPassword: password, displayName: 'Ada' } };
};

const operations: Record<string, Operation> = {
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

describeOnPostgresFirst('hostile input', ({ start }) => {
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    gateway = await start({ env: { LOCKOUT_THRESHOLD: '50' } });
    token = (await signIn(gateway, await registerAndVerify(gateway))).accessToken;
  });

  for (const [operation, request] of Object.entries(operations)) {
    describe(operation, () => {
      const run = async (path: string, value: unknown) => {
        const variables = withValue(request.variables(), path, value);
        const result = await gateway.client.runRaw(
          request.document.toString(),
          variables,
          request.signedIn ? { token } : {},
        );
        expect(result.status).toBeLessThan(500);
        return { code: codeOf(result.errors), result };
      };

      for (const { path, ...expected } of request.arguments) {
        const values = {
          empty: '',
          long: 'x'.repeat(5000),
          nul: path.endsWith('mail') ? 'nul\0@example.com' : `Nul\0${STRONG_PASSWORD}`,
        };
        for (const kind of ['empty', 'long', 'nul'] as const) {
          it(`answers an allowed code if ${path} is ${kind}`, async () => {
            const { code, result } = await run(path, values[kind]);
            expect(expected[kind]).toContain(code);
            if (code === 'BAD_USER_INPUT') {
              const fields = result.errors[0]?.extensions.fieldErrors ?? [];
              expect(fields.length).toBeGreaterThan(0);
              for (const { field, message } of fields) {
                // An error of the password may also be reported on its confirmation.
                if (!/password/i.test(path)) expect(field).toBe(path.split('.').at(-1));
                expect(message.length).toBeGreaterThan(0);
                expect(message.length).toBeLessThan(500);
              }
            }
          });
        }

        it(`answers BAD_USER_INPUT if ${path} has the wrong type`, async () => {
          for (const value of [{ $ne: '' }, ['a', 'b'], true, { toString: 'x' }]) {
            const { code } = await run(path, value);
            expect(code, JSON.stringify(value)).toBe('BAD_USER_INPUT');
          }
        });
      }
    });
  }

  it('refuses a malformed email, username or password, and names the field', async () => {
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
        const invalid = {
          ...input,
          [field]: value,
          ...(field === 'password' ? { confirmPassword: value } : {}),
        };
        const { fieldErrors } = expectCode(
          await gateway.client.run(RegisterDocument, { input: invalid }),
          'BAD_USER_INPUT',
        );
        expect(
          fieldErrors?.map((one) => one.field),
          `${field}: ${value}`,
        ).toContain(field);
      }
    }
  });

  it('refuses a password that contains the username or the local part, or differs from its confirmation', async () => {
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

  it('compares every byte of a password', async () => {
    const password = `${'Long enough to pass 72 bytes, '.repeat(3)}1`;
    const account = await registerAndVerify(gateway, { password });
    expectCode(
      await login(gateway, { ...account, password: password.replace(/1$/, '2') }),
      'INVALID_CREDENTIALS',
    );
    await signIn(gateway, account);
  });

  it('refuses roles and unknown fields at registration', async () => {
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

  it('serves requests afterwards, without an internal error in the log', async () => {
    expect(expectData(await gateway.client.run(MeDocument, {}, { token })).me?.id).toBeTruthy();
    expect(gateway.logs()).not.toMatch(/INTERNAL_SERVER_ERROR/);
  });
});
