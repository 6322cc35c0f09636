// The peer: bare comparisons of a password with its hash, one on each core at a time.
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/bcrypt';

const COST = 12;
// As long as the digest that the gateway compares.
const password = 'x'.repeat(64);
const stored = await hash(password, { cost: COST });

/** Answers with the comparisons per second. */
process.on('message', async ({ amount }) => {
  const startedAt = performance.now();
  let left = amount;
  const worker = async () => {
    while (left-- > 0) await verify(password, stored);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  process.send({ perSecond: (amount / (performance.now() - startedAt)) * 1000 });
});
process.send({ ready: true });
