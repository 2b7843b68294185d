// ONNX Runtime 1.29 and later reports models and sessions to its maker over the network unless this is set when it loads, and keeps a
// device id and a queue of reports in ~/.cache/Microsoft. What a plant runs is nobody's business: imported before the library itself.
process.env.ORT_DISABLE_TELEMETRY = '1';
