import sys
from pathlib import Path

# The bench is a folder of scripts, which import one another by name.
sys.path.insert(0, str(Path(__file__).parent))

# To look for examples in a file, pytest imports it; these two need packages
# that the book does without.
collect_ignore = ["jax_jit.py", "torch_eager.py"]
