import { useEffect, useState } from 'react';
import type { AuthState } from '../../client/index.js';
import { client } from '../kit/client.js';
import { Screen } from '../kit/screen.js';
import { LinkButton } from '../ui/link-button.js';
import { Notice } from '../ui/notice.js';
import { Spinner } from '../ui/spinner.js';
import { linkTo, useSignInState } from './go-on.js';
import { providerWords } from './provider-words.js';
import { SecondFactor } from './second-factor.js';

/** The code in the address works once, so a component that is mounted again must not redeem it again. */
let finishing: Promise<AuthState> | undefined;

/** Where the gateway sends the browser after a sign-in, or a link, by an identity provider. */
export default function SignedInPage() {
  const [fault, setFault] = useState<string>();
  const state = useSignInState(fault === undefined);
  useEffect(() => {
    finishing ??= client.finishProviderSignIn();
    finishing.catch((error) => setFault(providerWords(error)));
  }, []);
  if (fault !== undefined) return <Failed words={fault} />;
  if (state.status === 'secondFactor') return <SecondFactor {...state} onExpired={setFault} />;
  return <Spinner>Signing in …</Spinner>;
}

/** Leads who is still signed in, and wanted to link a provider, to where they came from. */
function Failed({ words }: { readonly words: string }) {
  return (
    <Screen title="That did not work">
      <Notice kind="danger">{words}</Notice>
      <LinkButton isWide href={linkTo('/sign-in')} kind="primary">
        Go back
      </LinkButton>
    </Screen>
  );
}
