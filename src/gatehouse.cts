#!/usr/bin/env node
// libuv reads the size of its thread pool at the first use, and loading a module is one: so this comes before
// any module is loaded. Hashes fill a thread a core; four are kept free for files and name lookups.
import { availableParallelism } from 'node:os';

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);
void import('./cli/program.js');
