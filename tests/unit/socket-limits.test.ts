import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MessageBudget, OpenCounter } from '../../src/http/socket-limits.js';

describe('the counter of open connections', () => {
  it('gives each place back once, and keeps no key without a place', () => {
    const counter = new OpenCounter(2);
    const [first, second] = [counter.take('a'), counter.take('a')];
    expect(counter.take('a')).toBeUndefined();
    expect(counter.take('b')).toBeDefined();
    first?.();
    first?.();
    expect(counter.take('a')).toBeDefined();
    expect(counter.take('a')).toBeUndefined();
    second?.();
    expect(counter.take('a')).toBeDefined();
  });
});

describe('the budget of messages', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  const spendAll = (budget: MessageBudget) => {
    let spent = 0;
    while (budget.spend()) spent += 1;
    return spent;
  };

  it('allows a burst, then a rate, and never more than the burst', () => {
    const budget = new MessageBudget();
    expect(spendAll(budget)).toBe(MessageBudget.BURST);
    vi.advanceTimersByTime(1000);
    expect(spendAll(budget)).toBe(MessageBudget.PER_SECOND);
    vi.advanceTimersByTime(3_600_000);
    expect(spendAll(budget)).toBe(MessageBudget.BURST);
  });
});
