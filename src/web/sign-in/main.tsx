import { lazy } from 'react';
import { renderPage } from '../kit/render-page.js';

/** Without a router: each of these pages is opened by itself, and a new document keeps nothing that was typed. */
const pages: Record<string, React.ComponentType> = {
  '/sign-in': lazy(() => import('./sign-in-page.js')),
};

const Page = pages[location.pathname.replace(/\/$/, '')];
if (Page !== undefined) renderPage(<Page />);
