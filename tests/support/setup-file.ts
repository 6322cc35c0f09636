import { afterAll } from 'vitest';
import { endFile } from './at-end.js';

// Vitest runs this for each test file anew.
afterAll(endFile);
