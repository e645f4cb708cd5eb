"""The bundled model: a small transformer, quantised, run by ONNX Runtime."""
