import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { Spinner } from '../ui/spinner.js';
import { client, useAuthState } from './client.js';
import { wordsOf } from './errors.js';
import { signInPath } from './return-to.js';
import { Screen } from './screen.js';

/** Shows its children to signed-in users, and sends everybody else to the sign-in page. */
export function SignedIn({ children }: { readonly children: React.ReactNode }) {
  const state = useAuthState();
  const start = useQuery({
    queryKey: ['start'],
    queryFn: () => client.start(),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const isSignedOut = state.status === 'signedOut' || state.status === 'secondFactor';
  useEffect(() => {
    if (isSignedOut) location.replace(signInPath(state));
  }, [isSignedOut, state]);

  if (state.status === 'signedIn') return children;
  if (!start.isError) return <Spinner />;
  return (
    <Screen title="Not connected">
      <Notice kind="danger">{wordsOf(start.error)}</Notice>
      <Button kind="primary" isPending={start.isFetching} onPress={() => void start.refetch()}>
        Try again
      </Button>
    </Screen>
  );
}
