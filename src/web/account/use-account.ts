import { useLoaded } from '../kit/query.js';
import { AccountDocument, type AccountQuery } from './generated/operations.js';

export type Me = NonNullable<AccountQuery['me']>;
export type Passkey = NonNullable<Me['passkeys']>[number];
export type Identity = NonNullable<Me['identities']>[number];
export type Session = NonNullable<Me['sessions']>[number];
export type Provider = AccountQuery['identityProviders'][number];

/** The account of the viewer, which all cards share. Suspends. */
export function useAccount(): Me & { readonly providers: readonly Provider[] } {
  const { me, identityProviders } = useLoaded(AccountDocument, {});
  if (me == null) throw new Error('nobody is signed in');
  return { ...me, providers: identityProviders };
}
