import { useQueryErrorResetBoundary } from '@tanstack/react-query';
import { PageFault } from '../kit/page-fault.js';
import { PageTitle } from '../kit/page-title.js';

/** In place of a page that failed. A retry also runs its failed queries again. */
export function RouteFault({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  const { reset: resetQueries } = useQueryErrorResetBoundary();
  const retry = () => {
    resetQueries();
    reset();
  };
  return <PageFault error={error} onRetry={retry} />;
}

export function RouteMissing() {
  return (
    <>
      <PageTitle>Page not found</PageTitle>
      <p>The console has no page at this address.</p>
    </>
  );
}
