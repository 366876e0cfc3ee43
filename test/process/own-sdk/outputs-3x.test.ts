import { testOutputs } from './outputs';

testOutputs('3.x');
