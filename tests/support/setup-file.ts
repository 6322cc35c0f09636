import { afterAll } from 'vitest';
import { endFile } from './at-end.js';

// Vitest runs this file again for each test file.
afterAll(endFile);
