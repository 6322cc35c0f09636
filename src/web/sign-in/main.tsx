import { lazy } from 'react';
import { renderPage } from '../kit/render-page.js';

/** Without a router: each of these pages is opened by itself, and a new document keeps nothing that was typed. */
const pages: Record<string, React.ComponentType> = {
  '/sign-in': lazy(() => import('./sign-in-page.js')),
  '/register': lazy(() => import('./register-page.js')),
  '/forgot-password': lazy(() => import('./forgot-password-page.js')),
  '/verify-email': lazy(() => import('./verify-email-page.js')),
  '/reset-password': lazy(() => import('./reset-password-page.js')),
  '/accept-invitation': lazy(() => import('./accept-invitation-page.js')),
  '/signed-in': lazy(() => import('./signed-in-page.js')),
};

const Page = pages[location.pathname.replace(/\/$/, '')];
if (Page !== undefined) renderPage(<Page />);
