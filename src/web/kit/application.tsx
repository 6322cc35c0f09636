import { QueryClientProvider, QueryErrorResetBoundary } from '@tanstack/react-query';
import { client } from './client.js';
import { ErrorBoundary } from './error-boundary.js';
import { queries } from './query.js';
import { SignedIn } from './signed-in.js';
import { StepUp } from './step-up.js';

client.subscribe(({ status }) => {
  // Who signs in next must not see what the user before them has read.
  if (status === 'signedOut') queries.clear();
});

/** What the pages for signed-in users have around them. */
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
