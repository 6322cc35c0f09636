import { Application } from '../kit/application.js';
import { renderPage } from '../kit/render-page.js';
import { AccountPage } from './account-page.js';

renderPage(
  <Application>
    <AccountPage />
  </Application>,
);
