/** A thread that measures files, and no more. */
import { measureFile } from './measure-file.ts';
import { serveOrders } from './serve-orders.ts';

serveOrders(measureFile);
