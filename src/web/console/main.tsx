import { createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { Application } from '../kit/application.js';
import { PageTitle } from '../kit/page-title.js';
import { renderPage } from '../kit/render-page.js';
import { Shell } from '../kit/shell.js';

const root = createRootRoute({
  component: () => (
    <Shell links={<a href="/account">Account</a>}>
      <Outlet />
    </Shell>
  ),
});
const overview = createRoute({
  getParentRoute: () => root,
  path: '/console',
  component: () => <PageTitle>Overview</PageTitle>,
});
const router = createRouter({ routeTree: root.addChildren([overview]) });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

renderPage(
  <Application>
    <RouterProvider router={router} />
  </Application>,
);
