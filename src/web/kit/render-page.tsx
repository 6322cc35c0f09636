import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/tokens.css';
import '../ui/base.css';
import { Spinner } from '../ui/spinner.js';
import { ErrorBoundary } from './error-boundary.js';

/** Renders the page of an HTML file. */
export function renderPage(page: React.ReactNode): void {
  const root = document.getElementById('root');
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <Suspense fallback={<Spinner />}>{page}</Suspense>
      </ErrorBoundary>
    </StrictMode>,
  );
}
