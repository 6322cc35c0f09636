import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Spinner } from '../ui/spinner.js';
import { auditSearch } from './audit/search.js';
import { ConsoleFrame } from './console-frame.js';
import { overviewSearch } from './overview/search.js';
import { readPeopleSearch } from './people/people-search.js';
import { RouteFault, RouteMissing } from './route-fallbacks.js';

const root = createRootRoute({ component: ConsoleFrame });
const parent = () => root;

const routes = [
  createRoute({
    getParentRoute: parent,
    path: '/console',
    validateSearch: overviewSearch,
    component: lazyRouteComponent(() => import('./overview/overview-page.js'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/console/people',
    validateSearch: readPeopleSearch,
    component: lazyRouteComponent(() => import('./people/people-page.js'), 'PeoplePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/console/people/$id',
    component: lazyRouteComponent(() => import('./people/person-page.js'), 'PersonPage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/console/invite',
    component: lazyRouteComponent(() => import('./people/invite-page.js'), 'InvitePage'),
  }),
  createRoute({
    getParentRoute: parent,
    path: '/console/audit',
    validateSearch: auditSearch,
    component: lazyRouteComponent(() => import('./audit/audit-page.js'), 'AuditPage'),
  }),
];

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPendingComponent: () => <Spinner />,
  defaultErrorComponent: RouteFault,
  defaultNotFoundComponent: RouteMissing,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
