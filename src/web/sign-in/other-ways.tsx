import { useEffect, useState } from 'react';
import { client } from '../kit/client.js';
import { Button } from '../ui/button.js';
import { Divider, Stack } from '../ui/layout.js';
import { IdentityProvidersDocument, type IdentityProvidersQuery } from './generated/operations.js';
import type { Way } from './way.js';

export const hasPasskeys = typeof PublicKeyCredential === 'function';

interface OtherWaysProps {
  /** The way that is being tried. */
  readonly pending: Way | undefined;
  readonly onChoose: (way: Exclude<Way, 'password'>) => void;
}

/** The ways to sign in without a password. Providers appear at the end when they are known. */
export function OtherWays({ pending, onChoose }: OtherWaysProps) {
  const providers = useProviders();
  if (!hasPasskeys && providers.length === 0) return null;
  return (
    <Stack gap="tight">
      <Divider>or</Divider>
      {hasPasskeys && (
        <Button isPending={pending === 'passkey'} onPress={() => onChoose('passkey')}>
          Sign in with a passkey
        </Button>
      )}
      {providers.map(({ id, name }) => (
        <Button
          key={id}
          isPending={typeof pending === 'object' && pending.provider === id}
          onPress={() => onChoose({ provider: id })}
        >
          Continue with {name}
        </Button>
      ))}
    </Stack>
  );
}

/** Empty until they are known. If the gateway does not answer, the form says so. */
function useProviders() {
  const [providers, setProviders] = useState<IdentityProvidersQuery['identityProviders']>([]);
  useEffect(() => {
    client.request(IdentityProvidersDocument, {}).then(
      ({ identityProviders }) => setProviders(identityProviders),
      () => {},
    );
  }, []);
  return providers;
}
