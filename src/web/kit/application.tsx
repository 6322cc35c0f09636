import { QueryClientProvider, QueryErrorResetBoundary } from '@tanstack/react-query';
import { client } from './client.js';
import { ErrorBoundary } from './error-boundary.js';
import { queries } from './query.js';
import { SignedIn } from './signed-in.js';
import { StepUp } from './step-up.js';

let userId: string | undefined;

client.subscribe((state) => {
  if (state.status === 'signedOut') queries.clear();
  if (state.status !== 'signedIn') return;
  // Another user has signed in, in a tab or another front end. They must not see what the page has loaded, and an open
  // form or dialog must not be sent as theirs.
  if (userId !== undefined && userId !== state.user.id) location.reload();
  userId = state.user.id;
});

/** Wraps the pages for signed-in users. */
export function Application({ children }: { readonly children: React.ReactNode }) {
  return (
    <QueryClientProvider client={queries}>
      <SignedIn>
        <QueryErrorResetBoundary>
          {({ reset }) => <ErrorBoundary onRetry={reset}>{children}</ErrorBoundary>}
        </QueryErrorResetBoundary>
        <StepUp />
      </SignedIn>
    </QueryClientProvider>
  );
}
