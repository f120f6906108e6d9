import { hostname } from 'os';
import { env } from 'process';
export const told = [hostname(), env.IN_A_MODULE]; // line 3
