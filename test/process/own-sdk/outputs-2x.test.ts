import { testOutputs } from './outputs';

testOutputs('2.x');
