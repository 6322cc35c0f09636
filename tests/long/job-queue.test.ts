import { it } from 'vitest';
import { describeOnBackends } from '../support/backends.js';
import { expectUpkeepOfQueue } from '../support/queue-traffic.js';

describeOnBackends(
  'the job queue',
  ({ start }) => {
    it(
      'expires, archives and deletes jobs during two minutes of ordinary traffic, without a warning',
      {
        timeout: 400_000,
      },
      () => expectUpkeepOfQueue(start, 120_000),
    );
  },
  { concurrent: true },
);
