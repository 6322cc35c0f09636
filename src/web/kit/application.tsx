import { QueryClientProvider, QueryErrorResetBoundary } from '@tanstack/react-query';
import { client } from './client.js';
import { ErrorBoundary } from './error-boundary.js';
import { queries } from './query.js';
import { SignedIn } from './signed-in.js';
import { StepUp } from './step-up.js';

client.subscribe(({ status }) => {
  // The next user must not see the cache of the last one.
  if (status === 'signedOut') queries.clear();
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
