import { useEffect, useState } from 'react';
import { client } from '../kit/client.js';
import { useSignInState } from './go-on.js';
import { NotVerified } from './not-verified.js';
import { SecondFactor } from './second-factor.js';
import { SignInForm } from './sign-in-form.js';

const ENDED = new Map([
  ['expired', 'You were signed out because you were away for long. Sign in again.'],
  ['revoked', 'You were signed out on this device. Sign in again.'],
]);

export default function SignInPage() {
  const state = useSignInState();
  const [notice, setNotice] = useState(() =>
    ENDED.get(new URLSearchParams(location.search).get('ended') ?? ''),
  );
  const [unverified, setUnverified] = useState<string>();
  useEffect(() => {
    // Somebody who is signed in already does not need the form. If the gateway does not answer, the form says so.
    client.start().catch(() => {});
  }, []);

  if (state.status === 'secondFactor') return <SecondFactor {...state} onExpired={setNotice} />;
  if (unverified !== undefined) return <NotVerified identifier={unverified} />;
  return <SignInForm notice={notice} onUnverified={setUnverified} />;
}
