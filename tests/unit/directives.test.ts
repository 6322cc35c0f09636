import { readFileSync } from 'node:fs';
import { parse, print, visit } from 'graphql';
import { expect, it } from 'vitest';

/** The directives of every operation, which clients and other subgraphs rely on. */
const OPERATIONS = `
  Query.me @auth
  Query.user @auth(requires: STAFF)
  Query.users @auth(requires: ADMIN)
  Query.accountTotals @auth(requires: ADMIN)
  Query.auditEvents @auth(requires: ADMIN)
  Query.authStatistics @auth(requires: ADMIN)
  Query.identityProviders @public

  Mutation.register @public @rateLimit(limit: 5, duration: 3600)
  Mutation.verifyEmail @public @rateLimit(limit: 10, duration: 60)
  Mutation.resendVerificationEmail @public @rateLimit(limit: 3, duration: 3600)
  Mutation.updateProfile @auth @rateLimit(limit: 20, duration: 60)
  Mutation.changeEmail @auth @rateLimit(limit: 3, duration: 3600)

  Mutation.login @public @rateLimit(limit: 10, duration: 60)
  Mutation.verifyTwoFactor @public @rateLimit(limit: 10, duration: 60)
  Mutation.refreshToken @public @rateLimit(limit: 60, duration: 60)
  Mutation.logout @public
  Mutation.revokeSession @auth
  Mutation.revokeOtherSessions @auth
  Mutation.reauthenticate @auth @rateLimit(limit: 10, duration: 60)

  Mutation.startPasskeyRegistration @auth @rateLimit(limit: 5, duration: 300)
  Mutation.finishPasskeyRegistration @auth @rateLimit(limit: 5, duration: 300)
  Mutation.startPasskeySignIn @public @rateLimit(limit: 20, duration: 60)
  Mutation.finishPasskeySignIn @public @rateLimit(limit: 10, duration: 60)
  Mutation.startPasskeyReauthentication @auth @rateLimit(limit: 10, duration: 60)
  Mutation.renamePasskey @auth
  Mutation.removePasskey @auth @recentAuth
  Mutation.startProviderSignIn @public @rateLimit(limit: 20, duration: 60)
  Mutation.finishProviderSignIn @public @rateLimit(limit: 10, duration: 60)
  Mutation.linkIdentity @auth @recentAuth
  Mutation.unlinkIdentity @auth @recentAuth

  Mutation.requestPasswordReset @public @rateLimit(limit: 3, duration: 3600)
  Mutation.resetPassword @public @rateLimit(limit: 10, duration: 60)
  Mutation.changePassword @auth @rateLimit(limit: 5, duration: 300)

  Mutation.setupTwoFactor @auth @rateLimit(limit: 5, duration: 300)
  Mutation.enableTwoFactor @auth @rateLimit(limit: 5, duration: 60)
  Mutation.disableTwoFactor @auth @rateLimit(limit: 5, duration: 60)
  Mutation.regenerateRecoveryCodes @auth @rateLimit(limit: 5, duration: 60)

  Mutation.createUser @auth(requires: ADMIN)
  Mutation.updateUser @auth(requires: STAFF)
  Mutation.deactivateUser @auth(requires: ADMIN)
  Mutation.activateUser @auth(requires: ADMIN)
  Mutation.unlockUser @auth(requires: ADMIN)
  Mutation.revokeUserSessions @auth(requires: ADMIN)
  Mutation.resetUserTwoFactor @auth(requires: ADMIN) @recentAuth

  Subscription.sessionEnded @auth
`;

const sorted = (lines: string[]) =>
  lines
    .map((line) => line.trim())
    .filter(Boolean)
    .sort();

it('gives every operation in the printed schema the expected guard and rate limit', () => {
  const sdl = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
  const found: string[] = [];
  visit(parse(sdl), {
    ObjectTypeDefinition({ name, fields = [] }) {
      if (!['Query', 'Mutation', 'Subscription'].includes(name.value)) return;
      for (const field of fields) {
        const directives = (field.directives ?? []).map(print);
        found.push([`${name.value}.${field.name.value}`, ...directives].join(' '));
      }
    },
  });
  expect(sorted(found)).toEqual(sorted(OPERATIONS.split('\n')));
});
