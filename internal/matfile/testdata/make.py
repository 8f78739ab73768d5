# Writes the files of this folder.
import numpy as np
from scipy.io import savemat

t, u, y = np.array([0, 0.1, 0.2]), np.array([[1], [2], [3]], dtype=np.int16), np.array([[10, -1], [20, -2], [30, -3.0]])
arrays = {"t": t, "u": u, "y": y, "Ts": 0.1, "label": "tank"}
savemat("arrays.mat", arrays, oned_as="row")
savemat("arrays-packed.mat", arrays, oned_as="column", do_compression=True)
savemat("structure.mat", {"data": {"t": t, "y": u}, "Ts": 0.1})
est = {"u": [1.0, 2, 3], "y": [4.0, 5, 6]}
val = {"u": [5.0, 6, 7, 8], "y": [1.0, 2, 3, 4]}
savemat("two.mat", {"est": est, "val": val}, do_compression=True)
