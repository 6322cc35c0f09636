import { RouterProvider } from '@tanstack/react-router';
import { Application } from '../kit/application.js';
import { renderPage } from '../kit/render-page.js';
import { router } from './router.js';

renderPage(
  <Application>
    <RouterProvider router={router} />
  </Application>,
);
